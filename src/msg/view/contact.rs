//! Contacts: names, addresses, numbers.

use super::field::{fields, read, view, write};
use super::local_date::LocalDate;
use crate::error::Result;
use crate::msg::message::Message;
use crate::named::*;
use crate::prop::{EntryId, NamedTag, OneOffId, Tag, kind};
use crate::tags::*;
use crate::wire::FileTime;

view! {
    /// A contact: `IPM.Contact`. See [`Item`](crate::Item).
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Contact, EmailSlot, Message};
    ///
    /// let ana = Contact::of(&Message::create(CompoundFile::memory())?);
    /// ana.set_display_name("Ana Lind")?;
    /// ana.set_mobile_phone("+358 40 1234567")?;
    /// ana.set_email(EmailSlot::First, "Ana Lind", "ana@example.org")?;
    /// assert_eq!(ana.emails()?[0].address.as_deref(), Some("ana@example.org"));
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    Contact, "IPM.Contact"
}

fields! { Contact {
    /// The whole name.
    display_name, set_display_name(&str): String = PR_DISPLAY_NAME_W;
    /// What comes before the name, such as `Dr.`
    prefix, set_prefix(&str): String = PR_DISPLAY_NAME_PREFIX_W;
    /// The given name.
    given_name, set_given_name(&str): String = PR_GIVEN_NAME_W;
    /// The middle name.
    middle_name, set_middle_name(&str): String = PR_MIDDLE_NAME_W;
    /// The family name.
    surname, set_surname(&str): String = PR_SURNAME_W;
    /// What comes after the name, such as `Jr.`
    generation, set_generation(&str): String = PR_GENERATION_W;
    /// The nickname.
    nickname, set_nickname(&str): String = PR_NICKNAME_W;
    /// The name to sort by.
    file_under, set_file_under(&str): String = PID_LID_FILE_UNDER;
    /// The company.
    company, set_company(&str): String = PR_COMPANY_NAME_W;
    /// The department.
    department, set_department(&str): String = PR_DEPARTMENT_NAME_W;
    /// The title of the position.
    job_title, set_job_title(&str): String = PR_TITLE_W;
    /// The office.
    office, set_office(&str): String = PR_OFFICE_LOCATION_W;
    /// The business telephone.
    business_phone, set_business_phone(&str): String = PR_BUSINESS_TELEPHONE_NUMBER_W;
    /// The second business telephone.
    business2_phone, set_business2_phone(&str): String = PR_BUSINESS2_TELEPHONE_NUMBER_W;
    /// The home telephone.
    home_phone, set_home_phone(&str): String = PR_HOME_TELEPHONE_NUMBER_W;
    /// The mobile telephone.
    mobile_phone, set_mobile_phone(&str): String = PR_MOBILE_TELEPHONE_NUMBER_W;
    /// Another telephone.
    other_phone, set_other_phone(&str): String = PR_OTHER_TELEPHONE_NUMBER_W;
    /// The telephone to try first.
    primary_phone, set_primary_phone(&str): String = PR_PRIMARY_TELEPHONE_NUMBER_W;
    /// The business fax.
    business_fax, set_business_fax(&str): String = PR_BUSINESS_FAX_NUMBER_W;
    /// The home fax.
    home_fax, set_home_fax(&str): String = PR_HOME_FAX_NUMBER_W;
    /// The address for instant messages.
    instant_messaging, set_instant_messaging(&str): String = PID_LID_INSTANT_MESSAGING_ADDRESS;
    /// The business page.
    business_page, set_business_page(&str): String = PR_BUSINESS_HOME_PAGE_W;
    /// The page of the person.
    personal_page, set_personal_page(&str): String = PR_PERSONAL_HOME_PAGE_W;
    /// The birthday as stored: midnight, or near it, of the writer's time zone in UTC.
    birthday: FileTime = PR_BIRTHDAY;
    /// The birthday as a day.
    birthday_date: LocalDate = PID_LID_BIRTHDAY_LOCAL;
    /// The wedding anniversary as stored, as the birthday.
    anniversary: FileTime = PR_WEDDING_ANNIVERSARY;
    /// The name of the spouse.
    spouse, set_spouse(&str): String = PR_SPOUSE_NAME_W;
    /// The business address in one text.
    work_address_text: String = PID_LID_WORK_ADDRESS;
    /// The home address in one text.
    home_address_text: String = PID_LID_HOME_ADDRESS;
    /// Another address in one text.
    other_address_text: String = PID_LID_OTHER_ADDRESS;
}}

/// Which of the three e-mail addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailSlot {
    /// E-mail 1.
    First,
    /// E-mail 2.
    Second,
    /// E-mail 3.
    Third,
}

/// One e-mail address of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ContactEmail {
    /// The name to show, often with the address in brackets.
    pub display_name: Option<String>,
    /// The name of the person with this address.
    pub name: Option<String>,
    /// `SMTP`, or `EX` for a distinguished name.
    pub address_type: Option<String>,
    /// The address as stored, or the one in the entry identifier where only that has one.
    pub address: Option<String>,
}

/// A postal address, in parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PostalAddress {
    /// Street and number.
    pub street: Option<String>,
    /// The town.
    pub city: Option<String>,
    /// The state or province.
    pub state: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// The post office box.
    pub post_office_box: Option<String>,
}

type Text = NamedTag<kind::Unicode>;

struct EmailTags {
    display_name: Text,
    name: Text,
    address_type: Text,
    address: Text,
    entry_id: NamedTag<kind::Binary>,
    /// The place of this address in the lists for address books.
    index: i32,
}

impl EmailSlot {
    /// All three, in order.
    pub const ALL: [EmailSlot; 3] = [EmailSlot::First, EmailSlot::Second, EmailSlot::Third];

    fn tags(self) -> EmailTags {
        match self {
            EmailSlot::First => EmailTags {
                display_name: PID_LID_EMAIL1_DISPLAY_NAME,
                name: PID_LID_EMAIL1_ORIGINAL_DISPLAY_NAME,
                address_type: PID_LID_EMAIL1_ADDRESS_TYPE,
                address: PID_LID_EMAIL1_EMAIL_ADDRESS,
                entry_id: PID_LID_EMAIL1_ORIGINAL_ENTRY_ID,
                index: 0,
            },
            EmailSlot::Second => EmailTags {
                display_name: PID_LID_EMAIL2_DISPLAY_NAME,
                name: PID_LID_EMAIL2_ORIGINAL_DISPLAY_NAME,
                address_type: PID_LID_EMAIL2_ADDRESS_TYPE,
                address: PID_LID_EMAIL2_EMAIL_ADDRESS,
                entry_id: PID_LID_EMAIL2_ORIGINAL_ENTRY_ID,
                index: 1,
            },
            EmailSlot::Third => EmailTags {
                display_name: PID_LID_EMAIL3_DISPLAY_NAME,
                name: PID_LID_EMAIL3_ORIGINAL_DISPLAY_NAME,
                address_type: PID_LID_EMAIL3_ADDRESS_TYPE,
                address: PID_LID_EMAIL3_EMAIL_ADDRESS,
                entry_id: PID_LID_EMAIL3_ORIGINAL_ENTRY_ID,
                index: 2,
            },
        }
    }
}

impl Contact<'_> {
    /// One of the three e-mail addresses; `None` if nothing of it is there.
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get). An entry identifier that is damaged is passed over.
    pub fn email(&self, slot: EmailSlot) -> Result<Option<ContactEmail>> {
        let (message, tags) = (&self.message, slot.tags());
        let mut email = ContactEmail {
            display_name: read(message, tags.display_name)?,
            name: read(message, tags.name)?,
            address_type: read(message, tags.address_type)?,
            address: read(message, tags.address)?,
        };
        if email.address.as_deref().unwrap_or_default().is_empty()
            && let Some(bytes) = message.get(tags.entry_id)?
            && let Ok(EntryId::OneOff(id)) = EntryId::parse(&bytes)
        {
            (email.address_type, email.address) = (Some(id.address_type), Some(id.address));
        }
        Ok((email != ContactEmail::default()).then_some(email))
    }

    /// The e-mail addresses that are there, in order.
    ///
    /// # Errors
    /// As [`Contact::email`].
    pub fn emails(&self) -> Result<Vec<ContactEmail>> {
        let each = EmailSlot::ALL.into_iter().map(|slot| self.email(slot));
        each.filter_map(Result::transpose).collect()
    }

    /// Sets one of the three addresses to an SMTP address, and what address books need of it.
    ///
    /// # Errors
    /// As [`MapiProp::set`](crate::MapiProp::set).
    pub fn set_email(&self, slot: EmailSlot, name: &str, address: &str) -> Result<()> {
        let (message, tags) = (&self.message, slot.tags());
        write(message, Self::CLASS, tags.address, address)?;
        message.set(tags.address_type, "SMTP")?;
        message.set(tags.display_name, name)?;
        message.set(tags.name, name)?;
        message.set(tags.entry_id, OneOffId::smtp(name, address).to_bytes())?;
        let mut known = message.get(PID_LID_ADDRESS_BOOK_PROVIDER_EMAIL_LIST)?.unwrap_or_default();
        if !known.contains(&tags.index) {
            known.push(tags.index);
            known.sort_unstable();
            message.set(PID_LID_ADDRESS_BOOK_PROVIDER_EMAIL_LIST, known)?;
        }
        let bits = message.get(PID_LID_ADDRESS_BOOK_PROVIDER_ARRAY_TYPE)?.unwrap_or(0);
        message.set(PID_LID_ADDRESS_BOOK_PROVIDER_ARRAY_TYPE, bits | 1 << tags.index)
    }

    /// The business address in parts; all `None` if there is none.
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get).
    pub fn work_address(&self) -> Result<PostalAddress> {
        let text = |tag: Text| read(&self.message, tag);
        Ok(PostalAddress {
            street: text(PID_LID_WORK_ADDRESS_STREET)?,
            city: text(PID_LID_WORK_ADDRESS_CITY)?,
            state: text(PID_LID_WORK_ADDRESS_STATE)?,
            postal_code: text(PID_LID_WORK_ADDRESS_POSTAL_CODE)?,
            country: text(PID_LID_WORK_ADDRESS_COUNTRY)?,
            post_office_box: text(PID_LID_WORK_ADDRESS_POST_OFFICE_BOX)?,
        })
    }

    /// The home address in parts; as [`Contact::work_address`].
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get).
    pub fn home_address(&self) -> Result<PostalAddress> {
        let text = |tag: Tag<kind::Unicode>| read(&self.message, tag);
        Ok(PostalAddress {
            street: text(PR_HOME_ADDRESS_STREET_W)?,
            city: text(PR_HOME_ADDRESS_CITY_W)?,
            state: text(PR_HOME_ADDRESS_STATE_OR_PROVINCE_W)?,
            postal_code: text(PR_HOME_ADDRESS_POSTAL_CODE_W)?,
            country: text(PR_HOME_ADDRESS_COUNTRY_W)?,
            post_office_box: text(PR_HOME_ADDRESS_POST_OFFICE_BOX_W)?,
        })
    }

    /// Another address in parts; as [`Contact::work_address`].
    ///
    /// # Errors
    /// As [`MapiProp::get`](crate::MapiProp::get).
    pub fn other_address(&self) -> Result<PostalAddress> {
        let text = |tag: Tag<kind::Unicode>| read(&self.message, tag);
        Ok(PostalAddress {
            street: text(PR_OTHER_ADDRESS_STREET_W)?,
            city: text(PR_OTHER_ADDRESS_CITY_W)?,
            state: text(PR_OTHER_ADDRESS_STATE_OR_PROVINCE_W)?,
            postal_code: text(PR_OTHER_ADDRESS_POSTAL_CODE_W)?,
            country: text(PR_OTHER_ADDRESS_COUNTRY_W)?,
            post_office_box: text(PR_OTHER_ADDRESS_POST_OFFICE_BOX_W)?,
        })
    }
}
