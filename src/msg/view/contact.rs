//! Contacts.

use super::{props, view};
use crate::error::Result;
use crate::prop::named_tags::*;
use crate::prop::tags::*;
use crate::prop::{EntryId, NamedTag, kind};
use crate::wire::FileTime;

view! {
    /// A person or company in an address book.
    ///
    /// Birthdays and anniversaries are midnight UTC of a day, or of the day in the time zone of whoever
    /// wrote it. Spec: msg-format 3.3 (Contact), 3.4 (PSETID_Address).
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Contact, Message};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let contact = Contact::make(&message)?;
    /// contact.set_full_name("Ana Torres")?;
    /// contact.set_email(0, "Ana Torres", "ana@example.org")?;
    /// assert_eq!(contact.emails()?[0].address.as_deref(), Some("ana@example.org"));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    Contact, "IPM.Contact"
}

/// One of the e-mail addresses of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EmailAddress {
    /// 0, 1 or 2.
    pub index: usize,
    /// As it is shown.
    pub display_name: Option<String>,
    /// Such as `SMTP`.
    pub address_type: Option<String>,
    /// The SMTP address where the contact knows one, else what is stored.
    pub address: Option<String>,
}

/// An address of a house.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PostalAddress {
    /// The street.
    pub street: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The state or province.
    pub state: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The country.
    pub country: Option<String>,
}

impl PostalAddress {
    fn or_none(self) -> Option<PostalAddress> {
        (self != PostalAddress::default()).then_some(self)
    }
}

props! { Contact {
    /// The full name.
    full_name, set_full_name: PR_DISPLAY_NAME_W => String, &str;
    /// The name that it is filed under.
    file_as, set_file_as: PID_LID_FILE_UNDER => String, &str;
    /// The title before the name.
    prefix, set_prefix: PR_DISPLAY_NAME_PREFIX_W => String, &str;
    /// The given name.
    given_name, set_given_name: PR_GIVEN_NAME_W => String, &str;
    /// The middle name.
    middle_name, set_middle_name: PR_MIDDLE_NAME_W => String, &str;
    /// The family name.
    surname, set_surname: PR_SURNAME_W => String, &str;
    /// What follows the name, such as "Jr.".
    suffix, set_suffix: PR_GENERATION_W => String, &str;
    /// The nickname.
    nickname, set_nickname: PR_NICKNAME_W => String, &str;
    /// The initials.
    initials, set_initials: PR_INITIALS_W => String, &str;
    /// The company.
    company, set_company: PR_COMPANY_NAME_W => String, &str;
    /// The department.
    department, set_department: PR_DEPARTMENT_NAME_W => String, &str;
    /// The job title.
    job_title, set_job_title: PR_TITLE_W => String, &str;
    /// The office.
    office, set_office: PR_OFFICE_LOCATION_W => String, &str;
    /// The profession.
    profession, set_profession: PR_PROFESSION_W => String, &str;
    /// The manager.
    manager, set_manager: PR_MANAGER_NAME_W => String, &str;
    /// The assistant.
    assistant, set_assistant: PR_ASSISTANT_W => String, &str;
    /// The spouse.
    spouse, set_spouse: PR_SPOUSE_NAME_W => String, &str;
    /// The telephone number at work.
    business_phone, set_business_phone: PR_BUSINESS_TELEPHONE_NUMBER_W => String, &str;
    /// The second telephone number at work.
    business_phone_2, set_business_phone_2: PR_BUSINESS2_TELEPHONE_NUMBER_W => String, &str;
    /// The telephone number at home.
    home_phone, set_home_phone: PR_HOME_TELEPHONE_NUMBER_W => String, &str;
    /// The second telephone number at home.
    home_phone_2, set_home_phone_2: PR_HOME2_TELEPHONE_NUMBER_W => String, &str;
    /// The mobile telephone number.
    mobile_phone, set_mobile_phone: PR_MOBILE_TELEPHONE_NUMBER_W => String, &str;
    /// Another telephone number.
    other_phone, set_other_phone: PR_OTHER_TELEPHONE_NUMBER_W => String, &str;
    /// The pager.
    pager, set_pager: PR_PAGER_TELEPHONE_NUMBER_W => String, &str;
    /// The fax number at work.
    business_fax, set_business_fax: PR_BUSINESS_FAX_NUMBER_W => String, &str;
    /// The first fax number.
    primary_fax, set_primary_fax: PR_PRIMARY_FAX_NUMBER_W => String, &str;
    /// The address for instant messages.
    instant_messaging, set_instant_messaging: PID_LID_INSTANT_MESSAGING_ADDRESS => String, &str;
    /// The web page at work.
    business_home_page, set_business_home_page: PR_BUSINESS_HOME_PAGE_W => String, &str;
    /// The personal web page.
    personal_home_page, set_personal_home_page: PR_PERSONAL_HOME_PAGE_W => String, &str;
    /// The day of birth.
    birthday, set_birthday: PR_BIRTHDAY => FileTime, FileTime;
    /// The wedding day.
    anniversary, set_anniversary: PR_WEDDING_ANNIVERSARY => FileTime, FileTime;
    /// The names of the children.
    children, set_children: PR_CHILDRENS_NAMES_W => Vec<String>, &[&str];
} }

type TextTag = NamedTag<kind::Unicode>;

/// Display name, address type, address, original display name, and the entry identifier.
type EmailTags = (TextTag, TextTag, TextTag, TextTag, NamedTag<kind::Binary>);

const EMAILS: [EmailTags; 3] = [
    (
        PID_LID_EMAIL1_DISPLAY_NAME,
        PID_LID_EMAIL1_ADDRESS_TYPE,
        PID_LID_EMAIL1_EMAIL_ADDRESS,
        PID_LID_EMAIL1_ORIGINAL_DISPLAY_NAME,
        PID_LID_EMAIL1_ORIGINAL_ENTRY_ID,
    ),
    (
        PID_LID_EMAIL2_DISPLAY_NAME,
        PID_LID_EMAIL2_ADDRESS_TYPE,
        PID_LID_EMAIL2_EMAIL_ADDRESS,
        PID_LID_EMAIL2_ORIGINAL_DISPLAY_NAME,
        PID_LID_EMAIL2_ORIGINAL_ENTRY_ID,
    ),
    (
        PID_LID_EMAIL3_DISPLAY_NAME,
        PID_LID_EMAIL3_ADDRESS_TYPE,
        PID_LID_EMAIL3_EMAIL_ADDRESS,
        PID_LID_EMAIL3_ORIGINAL_DISPLAY_NAME,
        PID_LID_EMAIL3_ORIGINAL_ENTRY_ID,
    ),
];

impl Contact<'_> {
    /// The e-mail addresses that there are, at most three.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn emails(&self) -> Result<Vec<EmailAddress>> {
        let mut found = Vec::new();
        for (index, (name, address_type, address, original, entry_id)) in
            EMAILS.into_iter().enumerate()
        {
            let mut email = EmailAddress {
                index,
                display_name: self.get(name)?,
                address_type: self.get(address_type)?,
                address: self.get(address)?.filter(|address| !address.is_empty()),
            };
            let is_smtp = |kind: &str| kind.eq_ignore_ascii_case("SMTP");
            if !email.address_type.as_deref().is_none_or(is_smtp) {
                // Of Exchange users the original display name is the SMTP address.
                let smtp = self.get(original)?.filter(|name| name.contains('@'));
                email.address = smtp.or(email.address);
            }
            if email.address.is_none()
                && let Some(bytes) = self.get(entry_id)?
                && let Ok(EntryId::OneOff { address, .. }) = EntryId::read(&bytes)
            {
                email.address = Some(address);
            }
            if email.address.is_some() || email.display_name.is_some() {
                found.push(email);
            }
        }
        Ok(found)
    }

    /// Sets one of the three e-mail addresses, with all that repeats it.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::Code::InvalidParameter) for an index above 2; those of setting the
    /// properties.
    pub fn set_email(&self, index: usize, name: &str, address: &str) -> Result<()> {
        let Some((display, kind, email, original, entry_id)) = EMAILS.get(index).copied() else {
            let error = crate::Error::new(crate::Code::InvalidParameter, "set e-mail address");
            return Err(error.note("a contact has three"));
        };
        self.set(display, name)?;
        self.set(kind, "SMTP")?;
        self.set(email, address)?;
        self.set(original, address)?;
        self.set(entry_id, &EntryId::one_off(name, "SMTP", address)[..])
    }

    /// The address at work.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn business_address(&self) -> Result<Option<PostalAddress>> {
        let address = PostalAddress {
            street: self.get(PID_LID_WORK_ADDRESS_STREET)?,
            city: self.get(PID_LID_WORK_ADDRESS_CITY)?,
            state: self.get(PID_LID_WORK_ADDRESS_STATE)?,
            postal_code: self.get(PID_LID_WORK_ADDRESS_POSTAL_CODE)?,
            country: self.get(PID_LID_WORK_ADDRESS_COUNTRY)?,
        };
        Ok(address.or_none())
    }

    /// The address at home.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn home_address(&self) -> Result<Option<PostalAddress>> {
        let address = PostalAddress {
            street: self.get(PR_HOME_ADDRESS_STREET_W)?,
            city: self.get(PR_HOME_ADDRESS_CITY_W)?,
            state: self.get(PR_HOME_ADDRESS_STATE_OR_PROVINCE_W)?,
            postal_code: self.get(PR_HOME_ADDRESS_POSTAL_CODE_W)?,
            country: self.get(PR_HOME_ADDRESS_COUNTRY_W)?,
        };
        Ok(address.or_none())
    }

    /// The address that post goes to.
    ///
    /// # Errors
    /// Those of reading the properties.
    pub fn mailing_address(&self) -> Result<Option<PostalAddress>> {
        let address = PostalAddress {
            street: self.get(PR_STREET_ADDRESS_W)?,
            city: self.get(PR_LOCALITY_W)?,
            state: self.get(PR_STATE_OR_PROVINCE_W)?,
            postal_code: self.get(PR_POSTAL_CODE_W)?,
            country: self.get(PR_COUNTRY_W)?,
        };
        Ok(address.or_none())
    }
}
